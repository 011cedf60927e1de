"""The public API, version 1: releases, guidance, questionnaires and code lists, to read only."""
