import { Link, Route, Switch } from "wouter";

import { ChangePage } from "../changes/change-page.tsx";
import { ChangesPage } from "../changes/changes-page.tsx";
import { EditPage } from "../changes/edit-page.tsx";
import { EventsPage } from "../events/events-page.tsx";
import { HostPage } from "../hosts/host-page.tsx";
import { HostsPage } from "../hosts/hosts-page.tsx";
import { RouterPage } from "../routers/router-page.tsx";
import { RoutersPage } from "../routers/routers-page.tsx";
import { TopologyPage } from "../topology/topology-page.tsx";
import { VipPage } from "../vips/vip-page.tsx";
import { VipsPage } from "../vips/vips-page.tsx";
import { Empty } from "../parts/empty.tsx";
import { PageTitle } from "./page-title.tsx";

/** Every page by its address. A VIP of a router has a name with a slash in it: `vr-a/public`. */
export function Pages() {
  return (
    <Switch>
      <Route path="/">
        <TopologyPage />
      </Route>
      <Route path="/routers">
        <RoutersPage />
      </Route>
      <Route path="/routers/:name">{({ name }) => <RouterPage key={name} name={name} />}</Route>
      <Route path="/vips">
        <VipsPage />
      </Route>
      <Route path="/vips/:router/:pair">{({ router, pair }) => <VipPage key={`${router}/${pair}`} name={`${router}/${pair}`} />}</Route>
      <Route path="/vips/:name">{({ name }) => <VipPage key={name} name={name} />}</Route>
      <Route path="/hosts">
        <HostsPage />
      </Route>
      <Route path="/hosts/:name">{({ name }) => <HostPage key={name} name={name} />}</Route>
      <Route path="/events">
        <EventsPage />
      </Route>
      <Route path="/changes">
        <ChangesPage />
      </Route>
      <Route path="/changes/edit">
        <EditPage />
      </Route>
      <Route path="/changes/:revision">{({ revision }) => <ChangePage key={revision} revision={Number(revision)} />}</Route>
      <Route>
        <PageTitle title="There is no such page" />
        <Empty title="The address leads nowhere">
          Everything starts at the <Link to="/">topology</Link>.
        </Empty>
      </Route>
    </Switch>
  );
}
