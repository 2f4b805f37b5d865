/** Something that was asked of the control listener and cannot be: answered with a status and one line. */
export class ControlError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
