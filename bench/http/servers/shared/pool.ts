// The pool of `pg` for every server that opens it itself.
import { Pool } from "pg";
import { databaseUrl, poolSize } from "./environment.ts";

export const pool: Pool = new Pool({ connectionString: databaseUrl, max: poolSize });
