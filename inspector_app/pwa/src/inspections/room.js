// The inspector's part of the app. Only phones that belong to an authority, or are about to, ever fetch it.
import { learn } from "../words.js";
import own from "./words.json";
import { dayScreen } from "./screens/day.js";
import { enrolScreen } from "./screens/enrol.js";
import { listScreen } from "./screens/list.js";
import { nearScreen } from "./screens/near.js";
import { oneScreen } from "./screens/one.js";
import { recordScreen } from "./screens/record.js";
import { recordedScreen } from "./screens/recorded.js";
import { signInScreen } from "./screens/signin.js";

learn(own);

export { Inspector } from "./inspector.js";
export { acts, beginUnlicensed, chips } from "./screens/acts.js";

export const screens = {
  enrol: enrolScreen,
  signin: signInScreen,
  inspections: listScreen,
  inspection: oneScreen,
  day: dayScreen,
  near: nearScreen,
  record: recordScreen,
  recorded: recordedScreen,
};
