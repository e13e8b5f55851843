import { z } from "zod";
import { httpError } from "../../src/contract/http-error.ts";
import { body, cookie, header, path, query } from "../../src/contract/inputs.ts";
import { apiKey, bearer } from "../../src/contract/security.ts";
import { depends } from "../../src/inject/depends.ts";
import { buildDocument } from "../../src/openapi/document.ts";
import type { OpenApiDocument } from "../../src/openapi/document-types.ts";
import type { DocumentedRoute } from "../../src/openapi/documented-route.ts";
import { route } from "./routes.ts";

const Comment = z
  .object({
    id: z.int(),
    text: z.string().min(1).max(2000),
    get replies() {
      return z.array(Comment);
    },
  })
  .meta({ id: "Comment", description: "A remark, with the remarks on it." });
const Text = z.object({ kind: z.literal("text"), text: z.string() }).meta({ id: "TextBlock" });
const Image = z
  .object({ kind: z.literal("image"), url: z.url(), alt: z.string().default("") })
  .meta({ id: "ImageBlock" });
const Block = z.discriminatedUnion("kind", [Text, Image]).meta({ id: "Block" });
const Post = z
  .object({ id: z.uuid(), title: z.string().max(120), published: z.boolean().default(false), blocks: z.array(Block) })
  .meta({ id: "Post" });

const PostNotFound = httpError(404, "post_not_found", "No post has this id");
const NotOwner = httpError(403, "not_owner", "Only its owner may change a post");

const user = depends({ token: bearer({ format: "JWT" }) }, ({ token }) => ({ token }), { name: "user" });
const ownPost = depends({ postId: path(z.uuid()), user }, ({ postId }) => postId, {
  name: "ownPost",
  raises: [PostNotFound, NotOwner],
});

/** Routes that use most of what can be declared. */
export const blogRoutes: readonly DocumentedRoute[] = [
  route({
    method: "GET",
    path: "/posts",
    tags: ["posts"],
    needs: {
      page: query(z.int().min(1).default(1), { description: "Counted from 1" }),
      tag: query(z.array(z.string()).default([])),
      ifNoneMatch: header(z.string().optional()),
      theme: cookie(z.enum(["light", "dark"]).default("light"), { deprecated: true }),
    },
    options: { returns: z.array(Post), summary: "List posts", description: "The **newest** come first." },
  }),
  route({
    method: "PUT",
    path: "/posts/:postId",
    tags: ["posts"],
    needs: { post: ownPost, changes: body(Post) },
    options: { returns: Post, summary: "Change a post" },
  }),
  route({
    method: "POST",
    path: "/posts/:id/comments",
    tags: ["comments"],
    needs: {
      id: path(z.uuid()),
      comment: body(Comment),
      key: apiKey({ in: "header", name: "x-api-key", optional: true }),
    },
    raises: [PostNotFound],
    options: { returns: { 201: Comment, 204: null }, status: 201, summary: "Comment on a post" },
  }),
  route({
    method: "DELETE",
    path: "/posts/:postId",
    tags: ["posts"],
    deprecated: true,
    needs: { post: ownPost },
    options: { status: 204, returns: { 204: null }, summary: "Remove a post" },
  }),
];

/** Their document. */
export function blogDocument(): OpenApiDocument {
  return buildDocument(blogRoutes, {
    title: "Blog",
    version: "1.2.3",
    description: "Posts and *comments*.",
    tags: [{ name: "posts", description: "What people write" }],
  });
}
