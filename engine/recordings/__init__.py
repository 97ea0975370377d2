"""Recordings: the one list of where they may come from."""

from typing import Annotated

from pydantic import Field

from engine.recordings.microns_field import MicronsField
from engine.recordings.recording_file import RecordingFile
from engine.recordings.ring_attractor import RingAttractor
from engine.recordings.session import Session
from engine.recordings.source import RecordingSource
from engine.recordings.torus_attractor import TorusAttractor
from engine.recordings.two_photon import TwoPhoton

SOURCES = (RingAttractor, TorusAttractor, TwoPhoton, MicronsField, RecordingFile)
AnyRecording = Annotated[
    RingAttractor | TorusAttractor | TwoPhoton | MicronsField | RecordingFile, Field(discriminator="kind")
]
__all__ = ["SOURCES", "AnyRecording", "RecordingSource", "Session"]
