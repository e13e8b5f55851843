// Compiled by `tsc` with everything else: what must infer is used, what must not compile is marked.
import type { ObjectId } from "bson";
import type { Decimal } from "decimal.js";
import { baseModel, bytes, date, datetime, decimal, email, model, objectId, type Secret, secret, url } from "kilnjs";
import { z } from "zod";

class Money {
  readonly cents = 1;
}

const apiModel = baseModel({
  wireCase: "snake",
  acceptBoth: true,
  encode: [
    [Money, (money) => money.cents],
    [Date, (day) => day.getTime()],
  ],
});

const Post = apiModel("Post", {
  id: z.int(),
  title: z.string(),
  createdAt: datetime(),
  day: date().optional(),
  price: decimal().nullable(),
  owner: objectId(),
  image: bytes().default(() => new Uint8Array()),
  key: secret(),
  mail: email(),
  link: url().array(),
  cost: z.instanceof(Money),
});

// The result is a Zod object: values infer, in the names of the program.
function use(post: z.output<typeof Post>): void {
  const id: number = post.id;
  const createdAt: Date = post.createdAt;
  const day: Date | undefined = post.day;
  const price: Decimal | null = post.price;
  const owner: ObjectId = post.owner;
  const image: Uint8Array = post.image;
  const key: Secret = post.key;
  const link: string[] = post.link;
  const cost: Money = post.cost;
  // @ts-expect-error a key that the model does not have
  post.created_at;
  // @ts-expect-error a field that may be absent
  const sure: Date = post.day;
  // @ts-expect-error a secret is no string before it is revealed
  const text: string = post.key;
  void [id, createdAt, day, price, owner, image, key, link, cost, sure, text];
}

// What Zod derives is as typed as it is without Kiln.
const Changes = Post.pick({ title: true, day: true }).partial();
const Named = model("PostChanges", Changes);
const Strict = Post.omit({ cost: true }).extend({ extra: z.boolean() }).strict();
const changes: z.output<typeof Named> = { title: "a" };
const extra = (value: z.output<typeof Strict>): boolean => value.extra;
// @ts-expect-error a key that was not picked
const more: z.output<typeof Named> = { id: 1 };
// @ts-expect-error a key that the model does not have
Post.pick({ nothing: true });
// @ts-expect-error a number is no name
model(1, {});

// Recursive models infer through getters.
const Category = apiModel("Category", {
  name: z.string(),
  get children() {
    return z.array(Category);
  },
});
const names = (of: z.output<typeof Category>): string[] =>
  of.children.flatMap((child) => [child.name, ...names(child)]);

// Discriminated unions of models narrow.
const Cat = apiModel("Cat", { petKind: z.literal("cat"), livesLeft: z.int() });
const Dog = apiModel("Dog", { petKind: z.literal("dog"), barkVolume: z.number() });
const Pet = z.discriminatedUnion("petKind", [Cat, Dog]);
function size(pet: z.output<typeof Pet>): number {
  // @ts-expect-error only dogs bark
  pet.barkVolume;
  return pet.petKind === "cat" ? pet.livesLeft : pet.barkVolume;
}

// An encoder takes instances of the class beside it.
// @ts-expect-error Money has no such property
baseModel({ encode: [[Money, (money) => money.dollars]] });
// @ts-expect-error there is no such case
baseModel({ wireCase: "kebab" });

void [use, changes, extra, more, names, size];
