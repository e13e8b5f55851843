import {
  type Copy,
  DockerfileParser,
  type From,
  type Instruction,
  type JSONInstruction,
  type PropertyInstruction,
} from "dockerfile-ast";

/** A step of a stage. */
export type Step =
  | { readonly kind: "workdir"; readonly path: string }
  | { readonly kind: "env"; readonly name: string; readonly value: string }
  /** From the context, or from another stage. */
  | {
      readonly kind: "copy";
      readonly from: string | undefined;
      readonly sources: readonly string[];
      readonly target: string;
    }
  | { readonly kind: "run"; readonly command: string; readonly caches: readonly string[] };

/** What begins at a FROM. */
export interface Stage {
  readonly name: string | undefined;
  readonly image: string;
  readonly steps: readonly Step[];
}

/** A Dockerfile, as far as ours goes. */
export interface Dockerfile {
  readonly stages: readonly Stage[];
  readonly user: string;
  readonly port: number;
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

function jsonOf(instruction: Instruction | undefined, name: string): readonly string[] {
  const text = instruction?.getArgumentsContent() ?? "";
  const list = /\[.*\]$/s.exec(text)?.[0];
  if (list === undefined) throw new Error(`${name} is not in the form of a list, so a shell would stand between`);
  return JSON.parse(list);
}

function cachesOf(run: JSONInstruction): string[] {
  return run.getFlags().map((flag) => {
    const target = /^type=cache,target=(\S+)$/.exec(flag.getValue() ?? "")?.[1];
    if (flag.getName() !== "mount" || target === undefined) throw new Error(`unknown flag of RUN: ${flag}`);
    return target;
  });
}

function copyOf(copy: Copy): Step {
  const words = copy.getArguments().map((argument) => argument.getValue());
  const target = words.pop() ?? "";
  const flags = copy.getFlags();
  if (flags.some((flag) => flag.getName() !== "from")) throw new Error(`unknown flag of COPY: ${flags.join(" ")}`);
  return { kind: "copy", from: flags[0]?.getValue() ?? undefined, sources: words, target };
}

function stepsOf(instruction: Instruction): readonly Step[] {
  const keyword = instruction.getKeyword();
  switch (keyword) {
    case "WORKDIR":
      return [{ kind: "workdir", path: instruction.getArgumentsContent() ?? "" }];
    case "ENV":
      return (instruction as PropertyInstruction)
        .getProperties()
        .map((property) => ({ kind: "env", name: property.getName(), value: property.getUnescapedValue() ?? "" }));
    case "COPY":
      return [copyOf(instruction as Copy)];
    case "RUN":
      return [
        {
          kind: "run",
          command: instruction.getArgumentsContent() ?? "",
          caches: cachesOf(instruction as JSONInstruction),
        },
      ];
    case "FROM":
    case "USER":
    case "EXPOSE":
    case "HEALTHCHECK":
    case "CMD":
      return [];
    default:
      throw new Error(`${keyword} is not known here: scripts/dockerfile.ts reads what our own Dockerfile says`);
  }
}

/**
 * Reads a Dockerfile.
 *
 * @throws Error on what it does not know, so that nothing is left out in silence
 */
export function readDockerfile(text: string): Dockerfile {
  const all = DockerfileParser.parse(text).getInstructions();
  const stages: { name: string | undefined; image: string; steps: Step[] }[] = [];
  for (const instruction of all) {
    if (instruction.getKeyword() === "FROM") {
      const from = instruction as From;
      stages.push({ name: from.getBuildStage() ?? undefined, image: from.getImage() ?? "", steps: [] });
    }
    stages.at(-1)?.steps.push(...stepsOf(instruction));
  }
  const last = (keyword: string): Instruction | undefined => all.findLast((one) => one.getKeyword() === keyword);
  return {
    stages,
    user: last("USER")?.getArgumentsContent() ?? "root",
    port: Number(last("EXPOSE")?.getArgumentsContent()),
    command: jsonOf(last("CMD"), "CMD"),
    healthCheck: jsonOf(last("HEALTHCHECK"), "HEALTHCHECK"),
  };
}
