//! The worker in one script, parser and all: what a page that is a single file carries.

import { bring } from "./worker";
import * as yaml from "./yaml";

bring(yaml);
