/** What an observer has put into words already. */
export interface ToldProblem {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}
