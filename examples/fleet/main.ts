import { App } from 'cdktf';

import { addFleet } from './fleet';
import { FLEET } from './workspaces';

const app = new App();
addFleet(app, FLEET);
app.synth();
