/** What is said in the conversations that are looked at. */
export interface Script {
  readonly title: string;
  /** Of other conversations. */
  readonly titles: readonly string[];
  readonly question: string;
  readonly answer: string;
  readonly growing: string;
  readonly word: string;
}

const CODE = `\`\`\`python
def median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
\`\`\``;

export const SCRIPTS: Readonly<Record<'en' | 'es', Script>> = {
  en: {
    title: 'Mean and median',
    titles: ['A week in Lisbon', 'Lentils for six', 'Letter to the landlord', 'Why leaves turn red'],
    question: 'When should I use the *median* rather than the mean? Show it in Python, please.',
    answer: `Use the **median** where a few extreme values would pull the mean away:

| values | mean | median |
| --- | --: | --: |
| 1, 2, 3, 4, 5 | 3 | 3 |
| 1, 2, 3, 4, 500 | 102 | 3 |

${CODE}

The mean is $\\bar{x} = \\frac{1}{n}\\sum_i x_i$. See [the article](https://en.wikipedia.org/wiki/Median).`,
    growing: 'The trimmed mean is between the two: it leaves out the extremes and',
    word: 'week',
  },
  es: {
    title: 'Media y mediana',
    titles: ['Una semana en Lisboa', 'Lentejas para seis', 'Carta al casero', 'Por qué enrojecen las hojas'],
    question: '¿Cuándo conviene la *mediana* y no la media? Con un ejemplo en Python, por favor.',
    answer: `Usa la **mediana** cuando unos pocos valores extremos arrastrarían la media:

| valores | media | mediana |
| --- | --: | --: |
| 1, 2, 3, 4, 5 | 3 | 3 |
| 1, 2, 3, 4, 500 | 102 | 3 |

${CODE}

La media es $\\bar{x} = \\frac{1}{n}\\sum_i x_i$. Véase [el artículo](https://es.wikipedia.org/wiki/Mediana_(estad%C3%ADstica)).`,
    growing: 'La media truncada queda entre las dos: deja fuera los extremos y',
    word: 'semana',
  },
};
