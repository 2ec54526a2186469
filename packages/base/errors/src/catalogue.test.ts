import { describe, expect, test } from "vitest";

import { catalogue, catalogueParts, isErrorCode, titleOf } from "./catalogue.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import { issue } from "./issue.ts";
import { renderErrorReference } from "./reference.ts";
import { templateNames } from "./template.ts";

const entries: [string, CatalogueEntry][] = Object.entries(catalogue);

describe("the catalogue", () => {
  test("has no code in two parts: the later would silently replace the earlier", () => {
    const codes = Object.values(catalogueParts).flatMap((part) => Object.keys(part));
    expect(codes).toHaveLength(new Set(codes).size);
    expect(codes.sort()).toEqual(Object.keys(catalogue).sort());
  });

  test("has every code, and nothing else, as a heading of the reference", () => {
    const headings = [...renderErrorReference().matchAll(/^### `(.*)`$/gm)].map((match) => match[1]);
    expect(headings.sort()).toEqual(Object.keys(catalogue).sort());
  });

  test.each(entries)("%s reads like the others", (code, entry) => {
    expect(code).toMatch(/^[a-z]+(-[a-z0-9]+)*$/);
    expect(entry.text, "a fragment: other text may follow").not.toMatch(/[.!]$|^$/);
    expect(entry.hint, "sentences, or a parameter, or nothing").toMatch(/^$|[.?!}]$/);
    expect(entry.about, "sentences").toMatch(/[.?)]$/);
    expect(entry.text + entry.hint, "what looks like a parameter is one").not.toMatch(/\{(?![a-zA-Z]+\})/);
    expect(entry.severity === "error" ? entry.status : 400, "an error has an error's status").toBeGreaterThanOrEqual(400);
  });

  test("asks for exactly the parameters that text and hint name", () => {
    // @ts-expect-error `reason` is missing
    expect(issue("address-invalid", { value: "x" }).message).toBe('"x" is not an IP address: {reason}');
    // @ts-expect-error `valu` is misspelt
    expect(issue("address-invalid", { valu: "x", reason: "y" }).message).toBe('"{value}" is not an IP address: y');
    expect(templateNames(catalogue["address-invalid"].text)).toEqual(["value", "reason"]);
  });

  test("knows its codes, and not what every object has", () => {
    expect(isErrorCode("address-invalid")).toBe(true);
    expect(isErrorCode("toString")).toBe(false);
    expect(titleOf("address-invalid")).toBe("Address invalid");
  });
});
