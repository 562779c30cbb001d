import type { PasskeyPlace } from "@bylaw/identity";
import type { Guarding } from "../api/admin.ts";
import type { Holds } from "../host/holds.ts";
import type { Host } from "../host/pipeline-ops.ts";
import { createSealer } from "../host/sealed.ts";
import type { Versions } from "../host/versions.ts";
import { createEnrolment } from "./enrolment.ts";
import { createGuard } from "./guard.ts";
import { createSubjects, subjectOps } from "./subjects.ts";

/** What asks people for their factors, over the real store. In: where passkeys are asked for. */
export function createGuarding(
  host: Pick<Host, "config" | "store" | "now"> & { readonly rules: Pick<Versions, "preview"> },
  holds: Pick<Holds, "list" | "batches">,
  place: PasskeyPlace | null,
): Guarding {
  const sealer = createSealer(host.store.digestKey);
  return {
    enrolment: createEnrolment(host, sealer, place),
    guard: createGuard(host, { sealer, place }),
    subjects: createSubjects(subjectOps(host.store, holds, host.rules)),
  };
}
