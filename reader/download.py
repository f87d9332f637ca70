"""The key or the value of one record, however large, byte for byte and in pieces. Each piece takes a credit."""

from __future__ import annotations

from collections.abc import Callable

from gateway.config import ClusterConfig
from reader.browse import the_one
from reader.decode.decoder import decoder
from reader.errors import BadRequest
from reader.replies import Done, Piece, Reply
from reader.requests import Download
from reader.scan import Budget, Cancelled

PIECE = 256 * 1024  # bytes


def download(request: Download, config: ClusterConfig, emit: Callable[[Reply], None], budget: Budget) -> None:
    """Raises KafkaFault, BadRequest; `forbidden` where a rule hides a part of it."""
    if decoder(request, config).hides(request.side):
        raise BadRequest("A rule of this cluster hides parts of it: it is not given out as it is.", "forbidden")
    message = the_one(request, config, budget)
    data = message.key() if request.side == "key" else message.value()
    if data is None:
        raise BadRequest(f"The {request.side} of this record is null: there is nothing to download.", "no_record")
    budget.credit.release(request.credit)
    for at in range(0, max(1, len(data)), PIECE):
        while not budget.credit.acquire(timeout=0.1):
            if budget.cancelled.is_set():
                raise Cancelled
        emit(Piece(request.id, len(data), data[at : at + PIECE]))
    emit(Done(request.id, budget.scanned, 1))
