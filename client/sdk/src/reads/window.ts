import type { Request } from '../wire/answers.js';
import type { Window } from '../wire/contract.js';
import { BAD_ANSWER, failed, type Outcome } from '../wire/failure.js';
import { isJson, isNumber } from '../wire/json.js';

/** Reads what of a conversation a model would be given now. Never rejects. */
export async function readWindow(request: Request, conversation_id: string): Promise<Outcome<Window>> {
  const answer = await request('context:window', { conversation_id });
  if (!answer.ok) return answer;
  return isWindow(answer.data) ? { ok: true, data: answer.data } : failed(BAD_ANSWER);
}

function isWindow(value: unknown): value is Window {
  return (
    isJson(value) &&
    isNumber(value['budget']) &&
    Array.isArray(value['messages']) &&
    Array.isArray(value['dropped'])
  );
}
