/** What the console's pages do in the browser. Without any of it they work, a little slower. */
import { serveDesk } from './desk.ts';
import { insertReplies } from './answer.ts';
import { countLetters } from './counter.ts';
import { keepDrafts } from './drafts.ts';
import { listenForKeys } from './keyboard.ts';
import { keepFresh } from './live.ts';
import { openDialogs } from './dialogs.ts';
import { servePasskeys } from './passkeys.ts';
import { helpReplies } from './reply.ts';
import { warnBeforeEnd } from './session.ts';

listenForKeys();
keepDrafts();
countLetters();
keepFresh();
openDialogs();
warnBeforeEnd();
serveDesk();
helpReplies();
insertReplies();
servePasskeys();
