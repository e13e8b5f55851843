-- What the nightly job counts: how many articles have each tag.
create table tag_counts (
  tag text primary key,
  articles integer not null,
  counted_at timestamptz(3) not null default statement_timestamp()
);

-- The jobs whose work has been committed, so that one that runs again does it no second time.
create table finished_jobs (
  id uuid primary key,
  finished_at timestamptz(3) not null default statement_timestamp()
);
