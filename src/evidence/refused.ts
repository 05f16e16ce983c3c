/** A content that is not kept, and why. */
import type { Refusal } from './attachment.ts';

export class Refused extends Error {
  readonly why: Refusal;
  constructor(why: Refusal) {
    super(why);
    this.name = 'Refused';
    this.why = why;
  }
}
