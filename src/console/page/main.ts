/** What the console's pages do in the browser. Without any of it they work, a little slower. */
import { keepDrafts } from './drafts.ts';
import { listenForKeys } from './keyboard.ts';
import { keepFresh } from './live.ts';
import { openDialogs } from './dialogs.ts';
import { warnBeforeEnd } from './session.ts';

listenForKeys();
keepDrafts();
keepFresh();
openDialogs();
warnBeforeEnd();
