// Compiled by `tsc` with everything else: what must infer is used, what must not compile is marked.
import { answer, background, body, depends, header, httpError, path, query, resource, router } from "kilnjs";
import { z } from "zod";

const Post = z.object({ id: z.int(), userId: z.int(), title: z.string() });
const Changes = Post.pick({ title: true }).partial();
const posts = router({ prefix: "/posts" });

const pool = resource({}, async function* pool() {
  yield { connect: async () => ({ query: (sql: string): number => sql.length }) };
});
const connection = depends({ pool }, async function* connection({ pool }) {
  yield await pool.connect();
});
const user = depends({}, async () => ({ id: 7 }));
const ownPost = depends({ postId: path(z.int()), user, db: connection }, async ({ postId, user, db }) => ({
  id: postId,
  userId: user.id,
  title: `t${db.query("")}`,
}));

// Values infer through every level, with no annotation in the handler.
posts.put(
  "/:postId",
  { needs: { post: ownPost, changes: body(Changes), background }, returns: Post },
  async ({ post, changes, background }) => {
    const id: number = post.id;
    const title: string | undefined = changes.title;
    background.add((n: number) => n, id);
    return { ...post, title: title ?? post.title };
  },
);

// Synchronous handlers, generators, transforms and defaults.
posts.get(
  "/",
  { needs: { limit: query(z.int().default(20)), since: query(z.iso.date().optional()) } },
  ({ limit, since }) => {
    const n: number = limit;
    const s: string | undefined = since;
    return { n, s };
  },
);
posts.get("/:a/:b", { needs: { both: path(z.object({ a: z.int(), b: z.string() })) } }, ({ both }) => both.a);
posts.get("/:slug", { needs: { title: path(z.string(), { name: "slug" }) } }, ({ title }) => title);
posts.delete("/:postId", { needs: { post: ownPost }, status: 204 }, async () => {});

// A path name from the router's own prefix counts.
const nested = router({ prefix: "/users/:userId/posts" });
nested.get("/:postId", { needs: { userId: path(z.int()), post: ownPost } }, ({ userId }) => userId);

// Statuses beside the usual one.
const Gone = z.object({ since: z.int() });
posts.get(
  "/old/:postId",
  { needs: { postId: path(z.int()) }, returns: { 200: Post, 410: Gone, 404: null } },
  ({ postId }) =>
    postId === 1 ? answer(410, { since: 3 }) : postId === 2 ? answer(404) : { id: 1, userId: 2, title: "" },
);

const Busy = z.object({ queue: z.array(z.string()), kind: z.enum(["soft", "hard"]), until: z.date() });
posts.get("/busy", { returns: { 200: Post, 503: Busy } }, async () =>
  answer(503, { queue: ["a"], kind: "hard", until: new Date() }),
);

const Forbidden = httpError(403, "forbidden", "No");
depends({ role: header(z.enum(["admin", "user"])) }, ({ role }) => role === "admin", { raises: [Forbidden] });

// A class of errors narrows to its own code, and what is no instance of it is not ruled out.
const Taken = httpError(409, "taken", "Taken");
function codeOf(error: InstanceType<typeof Taken> | InstanceType<typeof Forbidden>): string {
  if (error instanceof Taken) return error.code satisfies "taken";
  return error.code satisfies "forbidden" | "taken";
}
codeOf(new Taken());

// What an untyped library gives as a dependency is no wrong path name.
const untyped = depends({}, () => JSON.parse("1"));
posts.get("/untyped", { needs: { untyped } }, () => 1);

// A prefix that is only known when the program runs may hold the parameter.
router({ prefix: String(process.env.PREFIX) }).get(
  "/:id",
  { needs: { tenant: path(z.string()) } },
  ({ tenant }) => tenant,
);

// A generator that returns something at its end gives what it yields all the same.
const returning = depends({}, async function* () {
  yield 1;
  return "ignored";
});
posts.get("/returning", { needs: { returning } }, ({ returning }) => returning.toFixed());

// Without `returns`, objects of any type; with it, lists may be readonly.
interface Row {
  readonly id: number;
}
posts.get("/rows", {}, (): readonly Row[] => [{ id: 1 }]);
posts.get("/checked", { returns: z.array(Post) }, (): readonly z.output<typeof Post>[] => []);

// --- What must not compile ---

// @ts-expect-error "postId" is not in the template
posts.put("/:id", { needs: { post: ownPost }, returns: Post }, async ({ post }) => post);

// @ts-expect-error "slug" is what the template must have
posts.get("/:title", { needs: { title: path(z.string(), { name: "slug" }) } }, ({ title }) => title);

// @ts-expect-error the template lacks "b"
posts.get("/:a", { needs: { both: path(z.object({ a: z.int(), b: z.string() })) } }, ({ both }) => both.a);

// @ts-expect-error not a Post: no title
posts.put("/:postId", { needs: { post: ownPost }, returns: Post }, async ({ post }) => ({ id: post.id }));

// @ts-expect-error not a Post: a wrong type
posts.put("/x", { returns: Post }, () => ({ id: "1", userId: 2, title: "" }));

// @ts-expect-error 411 is not declared
posts.get("/x", { returns: { 200: Post } }, () => answer(411, { since: 3 }));

// @ts-expect-error 410 wants a number
posts.get("/x", { returns: { 200: Post, 410: Gone } }, () => answer(410, { since: "3" }));

posts.get("/busy", { returns: { 200: Post, 503: Busy } }, async () =>
  // @ts-expect-error a queue of numbers, and a string that is no date
  answer(503, { queue: [1], kind: "hard", until: "tomorrow" }),
);

// @ts-expect-error 410 wants a value
posts.get("/x", { returns: { 200: Post, 410: Gone } }, () => answer(410));

// @ts-expect-error nothing was declared under "user"
posts.get("/x", { needs: { post: user } }, ({ user }) => user);

// @ts-expect-error a number is no provider
posts.get("/x", { needs: { n: 1 } }, () => 1);

posts.get("/x", { needs: { background } }, ({ background }) => {
  // @ts-expect-error the task takes a number
  background.add((n: number) => n, "s");
});

depends({ n: query(z.int()) }, ({ n }) => {
  // @ts-expect-error n is a number
  const text: string = n;
  return text;
});

resource(
  // @ts-expect-error what lives as long as the app may not need what lives for a request
  { user },
  async function* () {
    yield 1;
  },
);

// @ts-expect-error a resource is a generator
resource({}, async () => 1);
