import { kiln } from "kilnjs";
import { articles } from "./articles.ts";
import { comments } from "./comments.ts";
import { cors } from "./cors.ts";
import { conduitErrors } from "./errors.ts";
import { exports } from "./exports.ts";
import { favorites } from "./favorites.ts";
import { forgetFinishedJobs } from "./finished-jobs.ts";
import { profiles } from "./profiles.ts";
import { demoData } from "./seed.ts";
import { settings } from "./settings.ts";
import { recountTags } from "./tag-counts.ts";
import { tags } from "./tags.ts";
import { users } from "./users.ts";

export const app = kiln({
  title: "Conduit",
  version: "2.0.0",
  description: "The RealWorld backend API",
  settings,
  needs: { demoData },
  // Those that no route needs: they run by the clock.
  jobs: [recountTags, forgetFinishedJobs],
  // Two seconds in which answers tell clients to use another connection, and a load balancer notices.
  shutdown: { drainDelay: process.env.NODE_ENV === "production" ? 2_000 : 0 },
  // In the container, where Filebeat reads them; see deploy/.
  logging: process.env.LOG_FORMAT === "ecs" ? { format: "ecs" } : {},
});

for (const router of [users, profiles, articles, comments, favorites, tags, exports]) {
  app.include(router, { prefix: "/api" });
}
conduitErrors(app);
app.fastify(cors);

export default app;
