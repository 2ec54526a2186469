import { expect, test } from "vitest";

import {
  absolutePath,
  bgpCommunity,
  commandName,
  domainName,
  fabricGateway,
  interfaceName,
  netnsName,
  splitFabricGateway,
  urlPath,
} from "./document-values.ts";
import { pathWord, word } from "./state-word.ts";

const characters = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

const values = [
  ["absolutePath", absolutePath, "/a"],
  ["netnsName", netnsName, "a"],
  ["commandName", commandName, "a"],
  ["domainName", domainName, "a"],
  ["interfaceName", interfaceName, "a"],
  ["bgpCommunity", bgpCommunity, "1"],
] as const;

test.each(values)("what the document takes as %s is a word of a host state, character for character", (_, schema, before) => {
  const taken = characters.map((character) => `${before}${character}1`).filter((text) => schema.safeParse(text).success);
  expect(taken.length).toBeGreaterThan(0);
  expect(taken.filter((text) => !word.safeParse(text).success)).toEqual([]);
});

test("a gateway's two parts are words", () => {
  const taken = characters.map((character) => `fe80::1%a${character}1`).filter((text) => fabricGateway.safeParse(text).success);
  expect(taken.length).toBeGreaterThan(60);
  const parts = taken.map(splitFabricGateway).flatMap(({ via, device }) => [via, device ?? ""]);
  expect(parts.filter((text) => !word.safeParse(text).success)).toEqual([]);
});

test("a path to fetch holds a query, and neither quotes nor brackets nor what a shell expands", () => {
  const taken = characters.filter((character) => urlPath.safeParse(`/${character}`).success);
  expect(taken.join("")).toMatch(/^[^\s"'`$();<>\\^{|}[\]#!*]+$/);
  expect(taken).toEqual(characters.filter((character) => pathWord.safeParse(`/${character}`).success));
  expect(urlPath.safeParse("/healthz?deep=1&pool=a%20b").success).toBe(true);
});
