import { expect, test } from "vitest";

import { addProperties } from "./seed-cib.ts";

const empty = `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0">
  <configuration>
    <crm_config/>
    <nodes/>
  </configuration>
</cib>`;

test("properties are in the set that is Rackway's, in the schema of the Pacemaker that is installed", () => {
  const seeded = addProperties(empty, { "dc-deadtime": "5s" });
  expect(seeded).toContain('validate-with="pacemaker-3.9"');
  expect(seeded).toContain(
    '<cluster_property_set id="rw-properties"><nvpair id="rw-properties-dc-deadtime" name="dc-deadtime" value="5s"/></cluster_property_set>',
  );
});

test("what is no empty CIB is left to Pacemaker", () => {
  expect(addProperties("", {})).toBeNull();
});
