import { depends, model, path, router } from "kilnjs";
import { z } from "zod";
import { currentUser, viewer } from "./auth.ts";
import { database } from "./db.ts";
import { ProfileNotFound } from "./errors.ts";
import { lookup } from "./fields.ts";
import { findTarget, follow, type Target, unfollow } from "./profile-queries.ts";

export const Profile = model("Profile", {
  username: z.string(),
  bio: z.string().nullable(),
  image: z.string().nullable(),
  following: z.boolean(),
});
const ProfileResponse = model("ProfileResponse", { profile: Profile });

/** The user in the path, as the viewer sees them. */
const target = depends(
  { username: path(lookup), viewer, database },
  async function target({ username, viewer, database }): Promise<Target> {
    const found = await findTarget(database, username, viewer);
    if (found === undefined) throw new ProfileNotFound();
    return found;
  },
  { raises: [ProfileNotFound] },
);

export const profiles = router({ prefix: "/profiles/:username", tags: ["Profile"] });

profiles.get("", { summary: "A profile", needs: { target }, returns: ProfileResponse }, ({ target }) => target);

profiles.post(
  "/follow",
  { summary: "Follow a user", needs: { user: currentUser, target, database }, returns: ProfileResponse },
  async ({ user, target, database }) => {
    await follow(database, user.id, target.id);
    return { profile: { ...target.profile, following: true } };
  },
);

profiles.delete(
  "/follow",
  { summary: "Stop following a user", needs: { user: currentUser, target, database }, returns: ProfileResponse },
  async ({ user, target, database }) => {
    await unfollow(database, user.id, target.id);
    return { profile: { ...target.profile, following: false } };
  },
);
