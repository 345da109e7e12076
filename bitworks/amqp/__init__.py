"""RabbitMQ: the one room that speaks AMQP 0.9.1."""
