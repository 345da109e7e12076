/**
 * What the server says if it says so within `patience`, in milliseconds, and is not out of order; else what was kept;
 * where nothing was, the server's word after all. A redirection, as to somewhere to sign in, is the server's word.
 */
export async function freshOrKept(
  fresh: Promise<Response>,
  readKept: () => Promise<Response | undefined>,
  patience: number,
): Promise<Response> {
  const answer = await Promise.race([fresh, pause(patience)]).catch(() => undefined);
  if (answer && answer.status < 500) return answer;
  return (await readKept()) ?? fresh;
}

function pause(time: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), time));
}
