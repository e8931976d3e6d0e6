"""A filter of the system calls that neither a query worker nor the builder needs (Linux, without privileges).

They start programs, look into other processes, change the system, load code into the kernel, or go around the filter of
sockets, as io_uring and the 32-bit variants of x86-64 do.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys
from typing import Final

_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_MODE_FILTER: Final = 2
#: Results of a filter: allow the call, or let it fail with the error number in the lower bits.
ALLOW: Final = 0x7FFF0000
FAIL: Final = 0x00050000
#: The bit that marks calls of the x32 variant of x86-64.
_X32: Final = 0x40000000
LOAD, EQUAL, _AT_LEAST, GIVE = 0x20, 0x15, 0x35, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_JMP|JGE|K, BPF_RET|K
#: Offsets of the number, the architecture and the first argument in struct seccomp_data.
NUMBER, ARCHITECTURE, ARGUMENT = 0, 4, 16
#: AUDIT_ARCH_* by machine.
ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
#: Numbers of the refused calls on x86-64 and on arm64.
_REFUSED: Final = {
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "io_uring_setup": (425, 425),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "bpf": (321, 280),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "sethostname": (170, 161),
}


def refuse_system_calls() -> bool:
    """Refuse the calls with EPERM in this process and its children; return whether it worked."""
    architecture = ARCHITECTURES.get(platform.machine())
    if sys.platform != "linux" or architecture is None:
        return False
    numbers = sorted(pair[platform.machine() == "aarch64"] for pair in _REFUSED.values())
    return install_filter(
        (LOAD, 0, 0, ARCHITECTURE),
        # Jumps are relative: to the refusal, which is the last instruction.
        (EQUAL, 0, len(numbers) + 3, architecture),
        (LOAD, 0, 0, NUMBER),
        (_AT_LEAST, len(numbers) + 1, 0, _X32),
        *((EQUAL, len(numbers) - place, 0, number) for place, number in enumerate(numbers)),
        (GIVE, 0, 0, ALLOW),
        (GIVE, 0, 0, FAIL | errno.EPERM),
    )


def install_filter(*instructions: tuple[int, int, int, int]) -> bool:
    """Install a seccomp filter for this process and its children; return whether it worked.

    Args:
        instructions: classic BPF: code, jumps if true and false, operand (``seccomp(2)``).
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *instruction) for instruction in instructions))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(instructions), ctypes.addressof(code)))
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, program, 0, 0) == 0)
