/** Nothing has come in time. */
export class TooLate extends Error {}

/**
 * Settles once, by the first of its answer, its error and the time; then `end` takes away what is left. When the process was kept from running
 * for a while, answers lie in the kernel, and timers are due, too: the loop looks at timers first. What has come is heard before the verdict.
 */
export function within<T>(
  timeoutMs: number,
  begin: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let end: (() => void) | null = null;
    let isSettled = false;
    const settle = (how: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      end?.();
      how();
    };
    const timer = setTimeout(() => setImmediate(() => settle(() => reject(new TooLate()))), timeoutMs);
    try {
      end = begin(
        (value) => settle(() => resolve(value)),
        (error) => settle(() => reject(error)),
      );
      if (isSettled) end();
    } catch (error) {
      const fault = error instanceof Error ? error : new Error(String(error));
      settle(() => reject(fault));
    }
  });
}
