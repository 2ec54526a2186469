import { expect, test } from "vitest";
import { parseModes } from "./observe-modes.ts";

/** As Pacemaker 2.1.5 writes it; shortened. */
const xml = (options: string): string => `<pacemaker-result api-version="2.25" request="crm_mon --one-shot --output-as=xml --inactive">
  <summary><cluster_options stonith-enabled="true" symmetric-cluster="true" no-quorum-policy="stop" ${options}/></summary>
  <nodes>
    <node name="ctl-a1" id="1" online="true" standby="false" standby_onfail="false" maintenance="false" pending="false" unclean="false" type="member"/>
    <node name="ctl-a2" id="2" online="true" standby="true" standby_onfail="false" maintenance="false" pending="false" unclean="false" type="member"/>
    <node name="ctl-a3" id="3" online="false" standby="false" standby_onfail="false" maintenance="false" pending="false" unclean="true" type="member"/>
  </nodes>
  <resources>
    <clone id="rw-any-clone"><resource id="rw-any:0" role="Started" active="true" blocked="false" managed="false" failed="false"><node name="ctl-a1" id="1"/></resource></clone>
    <resource id="rw-vr-a-vips" role="Stopped" active="true" blocked="true" managed="true" failed="true"><node name="ctl-a2" id="2"/></resource>
  </resources>
  <node_attributes><node name="ctl-a1"/></node_attributes>
  <bans/>
</pacemaker-result>`;

test("what is switched off is told node by node and resource by resource", () => {
  expect(parseModes(xml('maintenance-mode="false" stop-all-resources="false"'))).toEqual({
    maintenance: false,
    stopsAll: false,
    nodes: [
      { name: "ctl-a1", states: [] },
      { name: "ctl-a2", states: ["standby"] },
      { name: "ctl-a3", states: ["offline", "unclean"] },
    ],
    unmanaged: ["rw-any"],
    blocked: [{ resource: "rw-vr-a-vips", hosts: ["ctl-a2"] }],
  });
});

test("maintenance of all is told once, not of every resource", () => {
  expect(parseModes(xml('maintenance-mode="true" stop-all-resources="true"'))).toMatchObject({
    maintenance: true,
    stopsAll: true,
    unmanaged: [],
  });
});
