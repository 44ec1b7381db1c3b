"""Who the servers run as. PostgreSQL refuses to be root, so root hands them to an account that may do nothing."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

NOBODY = 65534


class Drop(TypedDict, total=False):
    """The arguments of `subprocess` that change the account of a child."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """The account of the servers; `dropped` when it is not the one who asks."""

    uid: int
    gid: int
    dropped: bool

    def drop(self) -> Drop:
        """What `subprocess` needs so that the child runs as this account."""
        return Drop(user=self.uid, group=self.gid, extra_groups=[]) if self.dropped else Drop()

    def give(self, path: Path) -> None:
        """Make the account the owner of a file or folder that we made."""
        if self.dropped:
            os.chown(path, self.uid, self.gid)

    def barrier(self, path: Path) -> Path | None:
        """The first folder on the way to `path` that the account may not enter; None when the way is open."""
        if not self.dropped:
            return None
        real = path.resolve()
        for folder in [*reversed(real.parents), real]:
            if not folder.exists():
                return None
            if folder.is_dir() and not self._may_enter(folder.stat()):
                return folder
        return None

    def _may_enter(self, found: os.stat_result) -> bool:
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def server_account() -> Account:
    """The asking user's own account, or nobody's when root asks."""
    if os.geteuid() == 0:
        return Account(NOBODY, NOBODY, dropped=True)
    return Account(os.geteuid(), os.getegid(), dropped=False)
