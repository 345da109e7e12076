/** Whether there is anything that a formula begins with; only reading the text tells whether one is there. */
export function mayHaveFormulas(text: string): boolean {
  return /[$]\S|\$\$|\\[([]|```math/.test(text);
}
