import { afterEach, describe, expect, test } from "vitest";

import { Looper } from "./looper.ts";

let looper: Looper;
afterEach(() => looper.stop());

describe("a loop", () => {
  test("makes one run of a burst of wishes", async () => {
    let runs = 0;
    looper = new Looper(async () => (runs++, 60_000), 20);
    for (let index = 0; index < 50; index++) looper.ask();
    await looper.runNow();
    expect(runs).toBe(1);
  });

  test("runs again for a wish that came during a run: that run had looked before", async () => {
    let runs = 0;
    looper = new Looper(async () => {
      runs += 1;
      if (runs === 1) looper.ask();
      return 60_000;
    }, 5);
    await looper.runNow();
    await expect.poll(() => runs).toBe(2);
  });

  test("answers runNow only with a run that began after it", async () => {
    const log: string[] = [];
    let release = (): void => undefined;
    looper = new Looper(async () => {
      log.push("begin");
      if (log.length === 1) await new Promise<void>((resolve) => (release = resolve));
      log.push("end");
      return 60_000;
    }, 5);
    const first = looper.runNow();
    await expect.poll(() => log).toEqual(["begin"]);
    const second = looper.runNow().then(() => log.push("answered"));
    release();
    await Promise.all([first, second]);
    expect(log).toEqual(["begin", "end", "begin", "end", "answered"]);
  });

  test("runs by itself after the time that the run asked for", async () => {
    let runs = 0;
    looper = new Looper(async () => (runs++, 10), 1000);
    looper.ask();
    await expect.poll(() => runs).toBeGreaterThan(3);
  });

  test("takes a third of the time at most, however often it is asked", async () => {
    let runs = 0;
    const busyMs = 40;
    looper = new Looper(async () => {
      runs += 1;
      const until = performance.now() + busyMs;
      while (performance.now() < until) looper.ask();
      return 0;
    }, 0);
    const startedAt = performance.now();
    looper.ask();
    await expect.poll(() => runs, { timeout: 10_000, interval: 5 }).toBeGreaterThanOrEqual(4);
    expect(performance.now() - startedAt).toBeGreaterThan(3 * 3 * busyMs);
  });

  test("stops: the run under way ends, no other begins, and nobody waits for ever", async () => {
    const log: string[] = [];
    let release = (): void => undefined;
    looper = new Looper(async () => {
      log.push("begin");
      await new Promise<void>((resolve) => (release = resolve));
      log.push("end");
      return 0;
    }, 0);
    looper.ask();
    await expect.poll(() => log).toEqual(["begin"]);
    const waiting = looper.runNow();
    const stopped = looper.stop().then(() => log.push("stopped"));
    release();
    await Promise.all([waiting, stopped]);
    expect(log).toEqual(["begin", "end", "stopped"]);
  });
});
