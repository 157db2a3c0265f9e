// An order's client: nothing but Temporal's own SDK, names and plain JSON.

import {
  ApplicationFailure,
  Client,
  Connection,
  WithStartWorkflowOperation,
  WorkflowUpdateFailedError,
} from "@temporalio/client";

/** The engine said no: a code for programs, a sentence for people, and what is possible instead. */
export class Refused extends Error {
  constructor({ code, message, instead = [], fields = [] }) {
    super(message);
    Object.assign(this, { name: "Refused", code, instead, fields });
  }
}

export class Orders {
  constructor(client, taskQueue = "orders") {
    this.client = client;
    this.taskQueue = taskQueue;
  }

  /** Connects as the environment says: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, COUNTERMAND_TASK_QUEUE. */
  static async connect(env = process.env) {
    const connection = await Connection.connect({ address: env.TEMPORAL_ADDRESS ?? "localhost:7233" });
    const client = new Client({ connection, namespace: env.TEMPORAL_NAMESPACE ?? "default" });
    return new Orders(client, env.COUNTERMAND_TASK_QUEUE);
  }

  /** Starts an order. The same id is never started twice: then Temporal says that it is started already. */
  async start(order) {
    await this.client.workflow.start("Order", {
      ...this.#options(order.order_id),
      args: [order],
      workflowIdReusePolicy: "REJECT_DUPLICATE",
    });
  }

  /**
   * Sends a command or fact and answers with where the order is then. The same `requestId` is carried out once.
   * An order that is settled has no running workflow: update-with-start wakes it, and it answers from what it was.
   */
  async send(orderId, name, message, requestId = crypto.randomUUID()) {
    const startWorkflowOperation = new WithStartWorkflowOperation("Order", {
      ...this.#options(orderId),
      args: [{ order_id: orderId, resume: true }],
      workflowIdConflictPolicy: "USE_EXISTING",
    });
    try {
      return await this.client.workflow.executeUpdateWithStart(name, {
        startWorkflowOperation,
        args: [message],
        updateId: requestId,
      });
    } catch (error) {
      const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
      if (cause instanceof ApplicationFailure) throw new Refused(cause.details?.[0] ?? { code: cause.type, ...cause });
      throw error;
    }
  }

  /** Reports a fact without waiting for what it leads to. It wakes an order that is settled. */
  async report(orderId, name, fact) {
    await this.client.workflow.signalWithStart("Order", {
      ...this.#options(orderId),
      args: [{ order_id: orderId, resume: true }],
      signal: name,
      signalArgs: [fact],
    });
  }

  /** The whole order: where it is, whose turn it is, until when, its money, and what each role can do now. */
  async view(orderId) {
    return await this.client.workflow.getHandle(this.#options(orderId).workflowId).query("order");
  }

  /** Waits until the order is settled, and answers with what it ended with. */
  async result(orderId) {
    return await this.client.workflow.getHandle(this.#options(orderId).workflowId).result();
  }

  async close() {
    await this.client.connection.close();
  }

  #options(orderId) {
    return { workflowId: `order-${orderId}`, taskQueue: this.taskQueue ?? "orders" };
  }
}
