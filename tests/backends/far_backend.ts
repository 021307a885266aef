/** A device at a distance: computes as the cpu backend does, but is read asynchronously, late, or no longer. */
import { type Backend, openBackend, registerBackend, type TypedArray, type View } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends";

/** The backend with what tests do to it. */
export interface FarBackend extends Backend {
  /** Reads asked for and not answered. */
  readonly asked: number;
  /** From now on reads wait until {@link FarBackend.answer}. */
  hesitate(): void;
  /** Answers all reads, those to come as well. */
  answer(): void;
  /** The device is gone: reads fail. */
  lose(why: string): void;
}

/** Makes it and opens it under a name, under which there is a new one once it is lost. */
export async function openFar(name: string): Promise<FarBackend> {
  registerBackend({ name, open: () => Promise.resolve(createFar(name)) });
  return await openBackend(name) as FarBackend;
}

function createFar(name: string): FarBackend {
  const near = createCpuBackend({ name });
  let held: PromiseWithResolvers<void> | null = null, asked = 0, lost: string | undefined;
  async function read(views: readonly View[]): Promise<TypedArray[]> {
    asked++;
    const copies = views.map((view) => near.readSync!(view));
    await (held?.promise ?? new Promise((resolve) => setTimeout(resolve, 1)));
    asked--;
    if (lost !== undefined) throw new Error(lost);
    return copies;
  }
  const far = {
    read,
    synchronous: false,
    managed: false,
    readSync: undefined,
    get asked(): number {
      return asked;
    },
    get lost(): string | undefined {
      return lost;
    },
    hesitate: () => void (held = Promise.withResolvers()),
    answer(): void {
      held?.resolve();
      held = null;
    },
    lose(why: string): void {
      lost = why;
      far.answer();
    },
  };
  return Object.setPrototypeOf(far, bound(near)) as FarBackend;
}

// Private members are reached through the object they belong to.
function bound(near: Backend): Backend {
  return new Proxy(near, {
    get(target, key): unknown {
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
