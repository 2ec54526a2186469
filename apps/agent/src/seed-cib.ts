import { removeFile, writeFileAtomic } from "@rackway/linux";
import type { CommandRunner } from "@rackway/linux";

/**
 * An empty configuration with a few cluster properties, for the first start of a new cluster. All nodes get the same, older than any that
 * was ever written: a node that joins a running cluster takes over that one's. Where it cannot be made, Pacemaker makes its own, and
 * only the first election takes longer.
 */
export async function seedCib(run: CommandRunner, path: string, properties: Readonly<Record<string, string>>): Promise<void> {
  // In the words of the Pacemaker that is installed (cibadmin(8)): it knows its own schema.
  const { code, stdout } = await run(["cibadmin", "--empty"]);
  const seeded = addProperties(stdout, properties);
  if (code !== 0 || seeded === null) return;
  await writeFileAtomic(path, seeded, 0o600);
  const owned = await run(["chown", "hacluster:haclient", path]);
  if (owned.code !== 0) await removeFile(path);
}

/** The properties in an empty CIB's `crm_config`, as the set that is ours from then on; null where there is no such place. */
export function addProperties(emptyCib: string, properties: Readonly<Record<string, string>>): string | null {
  const pairs = Object.entries(properties).map(([name, value]) => `<nvpair id="rw-properties-${name}" name="${name}" value="${value}"/>`);
  const seeded = emptyCib.replace(
    "<crm_config/>",
    `<crm_config><cluster_property_set id="rw-properties">${pairs.join("")}</cluster_property_set></crm_config>`,
  );
  return seeded === emptyCib ? null : seeded;
}
