-- Times are kept to the millisecond, as they go over the wire: what a client reads back is what is stored.

create table users (
  id integer generated always as identity primary key,
  username text not null constraint users_username_key unique,
  email text not null,
  password_hash text not null,
  bio text,
  image text,
  created_at timestamptz(3) not null default statement_timestamp(),
  updated_at timestamptz(3) not null default statement_timestamp()
);

-- Nobody means two people by Jake@example.com and jake@example.com.
create unique index users_email_key on users (lower(email));

create table follows (
  follower_id integer not null references users (id) on delete cascade,
  followed_id integer not null references users (id) on delete cascade,
  primary key (follower_id, followed_id)
);

create table articles (
  id integer generated always as identity primary key,
  author_id integer not null references users (id) on delete cascade,
  slug text not null,
  title text not null,
  description text not null,
  body text not null,
  created_at timestamptz(3) not null default statement_timestamp(),
  updated_at timestamptz(3) not null default statement_timestamp(),
  constraint articles_slug_key unique (slug)
);

create index articles_newest on articles (created_at desc, id desc);
create index articles_by_author on articles (author_id, created_at desc, id desc);

create table article_tags (
  article_id integer not null references articles (id) on delete cascade,
  tag text not null,
  -- Tags are shown in the order in which the author wrote them.
  position integer not null,
  primary key (article_id, tag)
);

create index article_tags_by_tag on article_tags (tag);

create table favorites (
  article_id integer not null references articles (id) on delete cascade,
  user_id integer not null references users (id) on delete cascade,
  primary key (article_id, user_id)
);

create index favorites_by_user on favorites (user_id);

create table comments (
  id integer generated always as identity primary key,
  article_id integer not null references articles (id) on delete cascade,
  author_id integer not null references users (id) on delete cascade,
  body text not null,
  created_at timestamptz(3) not null default statement_timestamp(),
  updated_at timestamptz(3) not null default statement_timestamp()
);

create index comments_by_article on comments (article_id, id);
