/** A value of a document as a reader sees it in YAML; what is not there: `nothing`. */
export function valueWords(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "string") return value === "" ? '""' : value;
  if (Array.isArray(value) && value.every((each) => typeof each !== "object")) return value.length === 0 ? "[]" : value.join(", ");
  return JSON.stringify(value);
}
