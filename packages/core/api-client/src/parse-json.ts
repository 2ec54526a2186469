/** Null for what is no JSON: `fromProblem` says so in its own words. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
