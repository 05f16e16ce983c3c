/** (a) A bare Express app, as its own documentation builds one: parses the form, answers a fixed text. */
import express from 'express';
import { announce } from './announce.ts';

const app = express();
app.use(express.urlencoded({ extended: false }));
app.post('/ussd', (_req, res) => {
  res
    .type('text/plain')
    .send('CON 145 USD is ready until 31/12/2026 at Main post office. It is FREE.\n0. Menu');
});
announce(app.listen(0, '127.0.0.1'));
