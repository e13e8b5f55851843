import {
  type App,
  HttpError,
  httpError,
  type InputIssue,
  JobNotFound,
  model,
  Unauthorized,
  ValidationError,
} from "kilnjs";
import { z } from "zod";
import { blank } from "./fields.ts";

// In Conduit's format an error is a field and what is wrong with it. So here the code of an error is the field and its
// title the message: httpError(404, "article", "not found") is sent as {"errors":{"article":["not found"]}}.

export const TokenInvalid = httpError(401, "token", "is invalid");
export const CredentialsInvalid = httpError(401, "credentials", "invalid");
export const UsernameTaken = httpError(409, "username", "has already been taken");
export const EmailTaken = httpError(409, "email", "has already been taken");
export const ProfileNotFound = httpError(404, "profile", "not found");
export const ArticleNotFound = httpError(404, "article", "not found");
export const ArticleForbidden = httpError(403, "article", "forbidden");
export const CommentNotFound = httpError(404, "comment", "not found");
export const CommentForbidden = httpError(403, "comment", "forbidden");

const Errors = model("Errors", { errors: z.record(z.string(), z.array(z.string())) });

/** The field that a client would mark as wrong: `["user", "email"]` is about `email`, `["tagList", 2]` about `tagList`. */
function fieldOf(issue: InputIssue): string {
  return issue.path.findLast((part) => typeof part === "string") ?? issue.in;
}

function messageOf(issue: InputIssue): string {
  return issue.code === "missing" ? blank : issue.message;
}

/** Replaces Kiln's problem format by Conduit's, in the answers and in the OpenAPI document. */
export function conduitErrors(app: App): void {
  const answer = ({ status, headers }: HttpError, errors: Record<string, string[]>) => ({
    status,
    headers,
    body: { errors },
  });
  // The handler of the nearest class answers: the last one has what the others leave.
  app.onError(Unauthorized, (error) => answer(error, { token: ["is missing"] }), { returns: Errors });
  app.onError(
    ValidationError,
    (error) => {
      const fields = [...Map.groupBy(error.errors, fieldOf)];
      return answer(error, Object.fromEntries(fields.map(([field, issues]) => [field, issues.map(messageOf)])));
    },
    { returns: Errors },
  );
  app.onError(JobNotFound, (error) => answer(error, { export: ["not found"] }), { returns: Errors });
  app.onError(HttpError, (error) => answer(error, { [error.code]: [error.message] }), { returns: Errors });
}
