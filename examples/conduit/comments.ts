import { body, datetime, depends, model, path, router } from "kilnjs";
import { z } from "zod";
import { article } from "./articles.ts";
import { currentUser, viewer } from "./auth.ts";
import { type CommentRow, deleteComment, findComment, insertComment, listComments } from "./comment-queries.ts";
import { database } from "./db.ts";
import { CommentForbidden, CommentNotFound } from "./errors.ts";
import { text } from "./fields.ts";
import { Profile } from "./profiles.ts";

const Comment = model("Comment", {
  id: z.int(),
  createdAt: datetime(),
  updatedAt: datetime(),
  body: z.string(),
  author: Profile,
});
const CommentResponse = model("CommentResponse", { comment: Comment });
const CommentsResponse = model("CommentsResponse", { comments: z.array(Comment) });
const NewComment = model("NewComment", { body: text(100_000) });

/** The comment in the path, for its author alone. */
const ownComment = depends(
  { article, id: path(z.int("is invalid")), user: currentUser, database },
  async function ownComment({ article, id, user, database }): Promise<CommentRow> {
    const found = await findComment(database, article.id, id);
    if (found === undefined) throw new CommentNotFound();
    if (found.authorId !== user.id) throw new CommentForbidden();
    return found;
  },
  { raises: [CommentNotFound, CommentForbidden] },
);

export const comments = router({ prefix: "/articles/:slug/comments", tags: ["Comments"] });

comments.get(
  "",
  { summary: "The comments of an article", needs: { viewer, article, database }, returns: CommentsResponse },
  async ({ viewer, article, database }) => ({ comments: await listComments(database, article.id, viewer) }),
);

comments.post(
  "",
  {
    summary: "Comment on an article",
    needs: { user: currentUser, comment: body(NewComment, { name: "comment" }), article, database },
    returns: CommentResponse,
    status: 201,
  },
  async ({ user, comment, article, database }) => ({
    comment: await insertComment(database, article.id, user.id, comment.body),
  }),
);

comments.delete(
  "/:id",
  { summary: "Delete a comment", needs: { comment: ownComment, database }, returns: { 204: null } },
  ({ comment, database }) => deleteComment(database, comment.id),
);
