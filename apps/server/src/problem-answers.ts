import { problemMediaType, RackwayError, rackwayError, toProblem } from "@rackway/errors";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";

/** The largest body, in bytes. A document may have 1 MiB; as a JSON string it can grow. */
export const bodyLimitBytes = 2 * 1024 * 1024;
/** The largest report, in bytes: an address of an announced VIP takes about 300, and a host may hold 20,000. */
export const reportLimitBytes = 16 * 1024 * 1024;

/** Sends any thrown thing as a problem (RFC 9457). What is not the client's fault goes into the log whole, and out without details. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = asRackwayError(error, request.routeOptions.bodyLimit ?? bodyLimitBytes);
  const problem = toProblem(known);
  if (problem.status >= 500) request.log.error({ err: error, code: problem.code }, "a request failed");
  if (problem.status === 401) reply.header("www-authenticate", 'Bearer realm="rackway"');
  void reply.code(problem.status).type(problemMediaType).send(problem);
}

export function sendRouteNotFound(request: FastifyRequest, reply: FastifyReply): void {
  // The path alone: a query might hold what does not belong into an answer.
  const url = request.url.split("?", 1)[0] ?? "";
  sendProblem(rackwayError("route-not-found", { method: request.method, url: url.slice(0, 200) }), request, reply);
}

function asRackwayError(error: unknown, limitBytes: number): unknown {
  if (error instanceof RackwayError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const where = (error as { validationContext?: string }).validationContext ?? "body";
    const reasons = error.validation.slice(0, 5).map(({ instancePath, message }) => {
      const field = instancePath.slice(1).replaceAll("/", ".");
      return `${where}${field === "" ? "" : ` ${field}`}: ${message ?? "not valid"}`;
    });
    return rackwayError("request-invalid", { reason: reasons.join("; ") });
  }
  const { statusCode, code, message } = error as Partial<FastifyError>;
  if (statusCode === 413 || code === "FST_ERR_CTP_BODY_TOO_LARGE") return rackwayError("request-too-large", { limitBytes });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return rackwayError("request-invalid", { reason: message ?? "" });
  return error;
}
