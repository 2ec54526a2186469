/** The names between braces in a template: `"{value} is not {wanted}"` has `value` and `wanted`. */
export type TemplateNames<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | TemplateNames<Rest> : never;

/** The parameters that a template (or a union of templates) asks for. */
export type TemplateParameters<Text extends string> = { readonly [Name in TemplateNames<Text>]: string | number };

const placeholder = /\{([a-zA-Z]+)\}/g;

/** The names between braces, in order, each once. */
export function templateNames(text: string): string[] {
  return [...new Set([...text.matchAll(placeholder)].map((match) => match[1] ?? ""))];
}

/**
 * Fills a template in. A name without a parameter stays as it stands: a message with `{value}` in it is a blemish,
 * a throw on the way to an error message would hide the error.
 */
export function renderTemplate(text: string, parameters: Readonly<Record<string, string | number>>): string {
  return text.replace(placeholder, (whole, name: string) => (Object.hasOwn(parameters, name) ? String(parameters[name]) : whole));
}
