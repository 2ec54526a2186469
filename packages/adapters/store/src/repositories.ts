import type { Kysely } from "kysely";

import type { Tables } from "./database.ts";
import { epochRepository } from "./epoch-repository.ts";
import { eventRepository } from "./event-repository.ts";
import { hostRepository, reportRepository, secretRepository } from "./host-repository.ts";
import { operationRepository } from "./operation-repository.ts";
import { reservationRepository } from "./reservation-repository.ts";
import { revisionRepository } from "./revision-repository.ts";
import type { NoticeSender, Repositories } from "./store.ts";

/** One set for every database. Notices alone have a way of their own in each. */
export function repositoriesOn(db: Kysely<Tables>, notices: NoticeSender): Repositories {
  return {
    epoch: epochRepository(db),
    revisions: revisionRepository(db),
    reservations: reservationRepository(db),
    operations: operationRepository(db),
    hosts: hostRepository(db),
    secrets: secretRepository(db),
    reports: reportRepository(db),
    events: eventRepository(db),
    notices,
  };
}
