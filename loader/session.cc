// SPDX-License-Identifier: GPL-2.0-only
#include "loader/session.h"

#include "base/try.h"
#include "loader/device_table.h"
#include "loader/hash_store.h"
#include "loader/object.h"
#include "loader/pins.h"
#include "loader/queries.h"
#include "loader/readers.h"

#include <bit>

namespace famfs::loader {

// Destroyed from below: link, store, readers, maps.
struct Session::Parts {
    Options options;
    Object object;
    Readers readers;
    std::vector<std::uint32_t> cookies;
    std::unique_ptr<RecordStore> store;
    Link link;
    bool pinned = false;

    [[nodiscard]] std::vector<Pin> pins(const bpf_link *owner) const;
    [[nodiscard]] base::Expected<void> store_without_buffer(std::uint32_t flag, std::uint32_t device,
                                                            std::uint64_t offset,
                                                            std::uint64_t length) const {
        return store_to_device(
            options.fuse_fd,
            {.dev = cookies[device], .flags = flag, .offset = offset, .length = length, .buffer = 0});
    }
};

std::vector<Pin> Session::Parts::pins(const bpf_link *owner) const {
    std::vector<Pin> all;
    for (const std::string &name : object.map_names())
        all.push_back({object.map_fd(name.c_str()), "maps/" + name});
    all.push_back({object.program_fd("resolve"), "progs/resolve"});
    if (owner != nullptr)
        all.push_back({bpf_link__fd(owner), "links/iomap"});
    return all;
}

Session::Session(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Session::Session(Session &&) noexcept = default;
Session &Session::operator=(Session &&) noexcept = default;
Session::~Session() = default;

base::Expected<Session> Session::load(const Options &options) {
    FAMFS_TRY(check_pin_name(options.name));
    auto object = FAMFS_TRY(Object::load(options));
    auto readers = FAMFS_TRY(Readers::create());
    auto parts = std::make_unique<Parts>();
    parts->options = options;
    parts->object = std::move(object);
    parts->readers = std::move(readers);
    return Session(std::move(parts));
}

base::Expected<std::uint32_t> Session::add_device(int dax_fd, std::uint64_t length, const std::string &path) {
    auto cookie = FAMFS_TRY(hand_over_device(parts_->options.fuse_fd, dax_fd, length, path));
    parts_->cookies.push_back(cookie);
    return static_cast<std::uint32_t>(parts_->cookies.size() - 1);
}

void Session::share_devices(const Session &other) {
    parts_->cookies = other.parts_->cookies;
}

std::uint32_t Session::add_virtual_device() {
    const auto index = static_cast<std::uint32_t>(parts_->cookies.size());
    parts_->cookies.push_back(index + 1);
    return index;
}

base::Expected<void> Session::write(std::uint32_t device, std::uint64_t offset,
                                    std::span<const std::byte> bytes) const {
    return store_to_device(parts_->options.fuse_fd, {.dev = parts_->cookies[device],
                                                     .flags = 0,
                                                     .offset = offset,
                                                     .length = bytes.size(),
                                                     .buffer = std::bit_cast<std::uint64_t>(bytes.data())});
}

base::Expected<void> Session::zero(std::uint32_t device, std::uint64_t offset, std::uint64_t length) const {
    return parts_->store_without_buffer(FUSE_IOMAP_WRITE_ZERO, device, offset, length);
}

base::Expected<void> Session::write_back(std::uint32_t device, std::uint64_t offset,
                                         std::uint64_t length) const {
    return parts_->store_without_buffer(FUSE_IOMAP_WRITE_BACK, device, offset, length);
}

base::Expected<void> Session::open_store() {
    const Readers &readers = parts_->readers;
    const WaitForReaders wait = [&readers] { return readers.wait(); };
    if (parts_->options.backend != Backend::arena) {
        parts_->store = make_hash_store({.files = parts_->object.map_fd("files"),
                                         .extents = parts_->object.map_fd("extents"),
                                         .most_files = most_files(parts_->options)},
                                        parts_->cookies, wait);
        return {};
    }
    parts_->store = FAMFS_TRY(make_arena_store(parts_->object.arena(), parts_->cookies, wait));
    return {};
}

RecordStore &Session::store() {
    return *parts_->store;
}

base::Expected<void> Session::attach() {
    if (parts_->options.fuse_fd < 0)
        return base::fail(EINVAL, "attach", "the BPF program",
                          "the session was loaded without a FUSE connection");
    if (parts_->link != nullptr)
        return base::fail(EBUSY, "attach", "the BPF program", "this session is attached already");
    parts_->link = FAMFS_TRY(parts_->object.attach());
    return {};
}

base::Expected<void> Session::pin() {
    const std::string &name = parts_->options.name;
    FAMFS_TRY(stage_pins(name, parts_->pins(parts_->link.get())));
    if (auto committed = commit_pins(name); !committed) {
        drop_staged_pins(name);
        return committed;
    }
    parts_->pinned = true;
    return {};
}

base::Expected<void> Session::swap(Session &successor) {
    const std::string &name = parts_->options.name;
    if (parts_->link == nullptr || successor.parts_->link != nullptr ||
        successor.parts_->options.name != name)
        return base::fail(
            EINVAL, "swap", "the BPF program",
            "the old session must be attached, the new one not, and both must have the same name");
    if (parts_->pinned) {
        FAMFS_TRY(stage_pins(name, successor.parts_->pins(parts_->link.get())));
    }
    if (bpf_link__update_map(parts_->link.get(), successor.parts_->object.ops()) != 0) {
        auto failure = base::fail_errno("swap", "the BPF program of the FUSE connection");
        if (parts_->pinned)
            drop_staged_pins(name);
        return failure;
    }
    successor.parts_->link = std::move(parts_->link);
    successor.parts_->pinned = std::exchange(parts_->pinned, false);
    return successor.parts_->pinned ? exchange_pins(name) : base::Expected<void>{};
}

base::Expected<void> Session::detach() {
    if (std::exchange(parts_->pinned, false)) {
        FAMFS_TRY(remove_pins(parts_->options.name));
    }
    parts_->link.reset();
    return {};
}

base::Expected<Statistics> Session::statistics() const {
    return read_statistics(parts_->object.map_fd("counters"));
}

base::Expected<famfs_last_error> Session::last_error() const {
    return read_last_error(parts_->object.map_fd("last_error"));
}

base::Expected<famfs_resolve_arguments> Session::resolve(std::uint64_t nodeid, std::uint64_t position) const {
    return run_resolve(parts_->object.program_fd("resolve"), nodeid, position);
}

Backend Session::backend() const {
    return parts_->options.backend;
}

} // namespace famfs::loader
