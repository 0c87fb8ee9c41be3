"""What happens reaches who follows it: the outbox, the bus between servers, and the hub of local sockets."""
