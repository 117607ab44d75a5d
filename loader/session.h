// SPDX-License-Identifier: GPL-2.0-only
// From nothing to a FUSE connection whose faults a BPF program answers, and back.
//
//   auto offer = probe();                                what this kernel has, in words
//   auto session = Session::load({.backend = Backend::arena, .fuse_fd = fd, .name = "dax0-0"});
//   session->add_device(dax_fd, length, "/dev/dax0.0");  kernel device table; index 0, 1, ... in call order
//   session->open_store();                               after the devices, before publish()
//   session->store().publish(file);
//   session->attach();                                   needs CAP_SYS_RAWIO; EBUSY if somebody is attached
//   session->pin();                                      survives this process
//   ...
//   session->detach();                                   unpins and removes the program; destructor does the
//                                                        same unless pinned
#pragma once

#include "base/error.h"
#include "bpf/abi.h"
#include "loader/record_store.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace famfs::loader {

enum class Backend {
    arena, ///< record at the nodeid's index
    rhash, ///< BPF_MAP_TYPE_RHASH by nodeid (Linux 7.3)
    hash,  ///< BPF_MAP_TYPE_HASH by nodeid: kernels without RHASH; tests on them
};

std::string_view to_string(Backend backend);
base::Expected<Backend> parse_backend(std::string_view text);

/// What this kernel offers. `missing` says in words what is not there and what to do, a sentence each.
struct Offer {
    bool hook = false; ///< struct_ops fuse_iomap_bpf_ops
    bool arena = false;
    bool rhash = false;
    bool privileged = false; ///< CAP_BPF and CAP_SYS_RAWIO, or CAP_SYS_ADMIN with it
    std::vector<std::string> missing;
};
Offer probe();

struct Options {
    Backend backend = Backend::arena;
    int fuse_fd = -1; ///< mounted /dev/fuse; borrowed. -1: no struct_ops, only `resolve` (any kernel)
    std::string name; ///< pin name: [A-Za-z0-9_-]+, at most 63 characters
    std::uint64_t max_files = 0;   ///< 0: as many as the backend can hold
    std::uint64_t arena_bytes = 0; ///< 0: 4 GiB less what the kernel cannot use; pages appear on first touch
};

/// Totals over all CPUs.
using Statistics = std::array<famfs_counters, FAMFS_OPERATIONS>;

/// Owns maps and link. One thread at a time, except for what says otherwise, statistics(), last_error() and
/// resolve().
class Session {
public:
    static base::Expected<Session> load(const Options &options);
    Session(Session &&) noexcept;
    Session &operator=(Session &&) noexcept;
    ~Session();

    /// Hands the open dax device to the kernel and returns its index. @length: bytes the program may map.
    /// EOPNOTSUPP: not bound to fsdev_dax. EBUSY: held by another mount. EPERM: no CAP_SYS_RAWIO.
    base::Expected<std::uint32_t> add_device(int dax_fd, std::uint64_t length, const std::string &path);
    /// The devices of @other, with the same indexes. For a successor on the same connection, which may map
    /// them already.
    void share_devices(const Session &other);
    /// The same without a kernel device, for sessions without a fuse_fd.
    std::uint32_t add_virtual_device();

    /// Store to a device of add_device(), at byte @offset. When they return, the bytes are out of the
    /// processors' caches, and before whatever is stored next. Any thread; no request comes back to the
    /// server. write_back() stores nothing: it is for what programs have stored through mappings. Errors:
    /// store_to_device().
    [[nodiscard]] base::Expected<void> write(std::uint32_t device, std::uint64_t offset,
                                             std::span<const std::byte> bytes) const;
    [[nodiscard]] base::Expected<void> zero(std::uint32_t device, std::uint64_t offset,
                                            std::uint64_t length) const;
    [[nodiscard]] base::Expected<void> write_back(std::uint32_t device, std::uint64_t offset,
                                                  std::uint64_t length) const;

    base::Expected<void> open_store();
    [[nodiscard]] RecordStore &store();

    base::Expected<void> attach();
    /// Link, maps and the resolve program under pin_directory(). Mounts bpffs if it is not mounted.
    base::Expected<void> pin();
    /// Link update to @successor's program, which has the same name and devices and is filled; no fault finds
    /// none. On success @successor owns the link and the pins' names.
    base::Expected<void> swap(Session &successor);
    base::Expected<void> detach();

    [[nodiscard]] base::Expected<Statistics> statistics() const;
    [[nodiscard]] base::Expected<famfs_last_error> last_error() const;
    /// Runs the BPF program `resolve` on this session's maps.
    [[nodiscard]] base::Expected<famfs_resolve_arguments> resolve(std::uint64_t nodeid,
                                                                  std::uint64_t position) const;
    [[nodiscard]] Backend backend() const;

private:
    struct Parts;
    explicit Session(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

/// What a (possibly dead) daemon left under the versioned prefix; read-only, through the pins.
class PinnedSession {
public:
    static std::vector<std::string> names();
    static base::Expected<PinnedSession> open(const std::string &name);
    [[nodiscard]] base::Expected<Statistics> statistics() const;
    [[nodiscard]] base::Expected<famfs_last_error> last_error() const;
    [[nodiscard]] base::Expected<famfs_resolve_arguments> resolve(std::uint64_t nodeid,
                                                                  std::uint64_t position) const;
    PinnedSession(PinnedSession &&) noexcept;
    PinnedSession &operator=(PinnedSession &&) noexcept;
    ~PinnedSession();

private:
    struct Parts;
    explicit PinnedSession(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

/// Removes every pin of @name; the program is detached if nothing else holds the link. No pins is success.
base::Expected<void> remove_pins(const std::string &name);
std::string pin_directory(const std::string &name);
/// For the pins of a device: its name with everything replaced that bpffs refuses (docs/architecture.md).
std::string pin_name(const std::string &device);

} // namespace famfs::loader
