/** A text without the control characters that JSON escapes. */
export const UNCONTROLLED: RegExp = /^[ -\uffff]*$/;
