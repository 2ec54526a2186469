import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ConnectionFlags, resolveConnection } from "./connection.ts";
import { makeTerminal, run } from "./testing/terminal.ts";

let folder = "";
let config = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rackway-cli-"));
  config = join(folder, "config.yaml");
  await writeFile(join(folder, "token"), "from-file\n");
});
afterEach(() => rm(folder, { recursive: true }));

async function resolve(flags: ConnectionFlags, env: Record<string, string> = {}) {
  const { server, token } = await resolveConnection(makeTerminal({ cwd: folder, env: { RACKWAY_CONFIG: config, ...env } }), flags);
  return { server, token };
}

async function writeContexts(): Promise<void> {
  await writeFile(
    config,
    `currentContext: dc1\ncontexts:\n  dc1: { server: "https://dc1.example", tokenFile: ${folder}/token }\n  dc2: { server: "unix:///run/dc2.sock", token: secret-two }\n`,
  );
}

describe("server and token", () => {
  test("come from the current context", async () => {
    await writeContexts();
    expect(await resolve({})).toEqual({ server: "https://dc1.example", token: "from-file" });
  });

  test("come from a context that is named, also against the environment", async () => {
    await writeContexts();
    expect(await resolve({ context: "dc2" }, { RACKWAY_SERVER: "http://env", RACKWAY_TOKEN: "env" })).toEqual({
      server: "unix:///run/dc2.sock",
      token: "secret-two",
    });
  });

  test("come from the environment before the context", async () => {
    await writeContexts();
    expect(await resolve({}, { RACKWAY_SERVER: "http://env", RACKWAY_TOKEN: "env" })).toEqual({ server: "http://env", token: "env" });
  });

  test("come from flags before all else", async () => {
    expect(await resolve({ server: "https://flag", tokenFile: "token" }, { RACKWAY_SERVER: "http://env", RACKWAY_TOKEN: "env" })).toEqual({
      server: "https://flag",
      token: "from-file",
    });
  });

  test("a context's token never goes to another server", async () => {
    await writeContexts();
    expect(await resolve({ server: "https://elsewhere.example" })).toEqual({ server: "https://elsewhere.example", token: null });
  });

  test("the local server's token goes to the addresses that lie beside it, and to no other server of this machine", async () => {
    await writeFile(join(folder, "addresses"), "http://127.0.0.1:9090\nunix:///run/own.sock\n");
    const tokenFor = async (server: string) => {
      const io = makeTerminal({ cwd: folder, env: { RACKWAY_CONFIG: config, RACKWAY_SERVER: server } });
      return (await resolveConnection(io, {}, [join(folder, "token")])).token;
    };
    expect(await tokenFor("http://127.0.0.1:9090")).toBe("from-file");
    expect(await tokenFor("http://localhost:9090/")).toBe("from-file");
    expect(await tokenFor("unix:///run/own.sock")).toBe("from-file");
    expect(await tokenFor("http://127.0.0.1:8080")).toBeNull();
    expect(await tokenFor("unix:///run/another.sock")).toBeNull();
    expect(await tokenFor("http://203.0.113.9:9090")).toBeNull();
    await rm(join(folder, "addresses"));
    expect(await tokenFor("http://localhost:8080")).toBe("from-file");
    expect(await tokenFor("http://localhost:9090")).toBeNull();
  });

  test("nothing at all is the local server", async () => {
    expect((await resolve({})).server).toBe("http://127.0.0.1:8080");
  });
});

describe("rackway config", () => {
  const options = () => ({ cwd: folder, env: { RACKWAY_CONFIG: config } });

  test("sets, shows, chooses and forgets contexts; the file is its owner's alone", async () => {
    expect((await run(["config", "set", "dc1", "--server", "https://dc1.example", "--token-file", "token"], options())).code).toBe(0);
    expect(
      (await run(["config", "set", "dc2", "--server", "http://dc2", "--token-stdin"], { ...options(), input: "secret-two\n" })).code,
    ).toBe(0);
    expect((await stat(config)).mode & 0o777).toBe(0o600);
    expect(await readFile(config, "utf8")).toContain("currentContext: dc1");
    expect((await run(["config", "use-context", "dc2"], options())).code).toBe(0);
    expect((await run(["config", "view"], options())).out).toBe(
      `CONTEXT  SERVER               TOKEN\ndc1      https://dc1.example  ${folder}/token\ndc2 *    http://dc2           (in the file, hidden)\n`,
    );
    expect((await run(["config", "delete", "dc2"], options())).code).toBe(0);
    expect(await readFile(config, "utf8")).not.toContain("secret-two");
  });

  test.each(["table", "wide", "json", "yaml"])("never shows a token (-o %s)", async (format) => {
    await writeContexts();
    const { out, code } = await run(["config", "view", "-o", format], options());
    expect(code).toBe(0);
    expect(out).toContain("dc2");
    expect(out).not.toContain("secret-two");
  });

  test("a context that is not there: exit 2, and the nearest one", async () => {
    await writeContexts();
    const { code, err } = await run(["config", "use-context", "dc3"], options());
    expect(code).toBe(2);
    expect(err).toContain("did you mean dc1?");
  });

  test.each([
    ["contexts: [", "config.yaml cannot be used"],
    ["a: 1", '"a" is not one of'],
    ["contexts: { x: { sever: y } }", '"sever"'],
    ["contexts: { x: { server: 1 } }", "server is not text"],
    ["a: &x [1]\ncontexts: *x", "cannot be used"],
  ])("a broken file (%j) is named, with what to do", async (text, words) => {
    await writeFile(config, text);
    const { code, err } = await run(["status"], options());
    expect(code).toBe(1);
    expect(err).toContain(words);
    expect(err).toContain("rackway config set");
  });
});
