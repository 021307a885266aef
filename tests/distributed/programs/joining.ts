/** Tells what connecting by these options gives: `joining.ts JSON`. */
import { connect } from "@tapegrad/distributed";

try {
  console.log(`${await connect(JSON.parse(Deno.args[0]))}`);
} catch (error) {
  console.log(`${(error as Error).name}: ${(error as Error).message}`);
}
