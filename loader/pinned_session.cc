// SPDX-License-Identifier: GPL-2.0-only
#include "base/fd.h"
#include "base/try.h"
#include "loader/pins.h"
#include "loader/queries.h"
#include "loader/session.h"

#include <bpf/bpf.h>

namespace famfs::loader {

struct PinnedSession::Parts {
    base::Fd counters;
    base::Fd last_error;
    base::Fd resolve;
};

namespace {

base::Expected<base::Fd> open_pin(const std::string &path, std::uint32_t flags) {
    LIBBPF_OPTS(bpf_obj_get_opts, options, .file_flags = flags);
    base::Fd pin(bpf_obj_get_opts(path.c_str(), &options));
    if (!pin)
        return base::fail_errno("open pin", path,
                                errno == ENOENT ? "is a famfs-bpfd mounted under this name?" : "");
    return pin;
}

} // namespace

PinnedSession::PinnedSession(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
PinnedSession::PinnedSession(PinnedSession &&) noexcept = default;
PinnedSession &PinnedSession::operator=(PinnedSession &&) noexcept = default;
PinnedSession::~PinnedSession() = default;

std::vector<std::string> PinnedSession::names() {
    return list_pins();
}

base::Expected<PinnedSession> PinnedSession::open(const std::string &name) {
    FAMFS_TRY(check_pin_name(name));
    const std::string directory = pin_directory(name);
    auto counters = open_pin(directory + "/maps/counters", BPF_F_RDONLY);
    auto last_error = open_pin(directory + "/maps/last_error", BPF_F_RDONLY);
    auto resolve = open_pin(directory + "/progs/resolve", 0);
    for (const auto *pin : {&counters, &last_error, &resolve}) {
        if (!*pin)
            return std::unexpected(pin->error());
    }
    auto parts = std::make_unique<Parts>();
    *parts = {std::move(*counters), std::move(*last_error), std::move(*resolve)};
    return PinnedSession(std::move(parts));
}

base::Expected<Statistics> PinnedSession::statistics() const {
    return read_statistics(parts_->counters.get());
}

base::Expected<famfs_last_error> PinnedSession::last_error() const {
    return read_last_error(parts_->last_error.get());
}

base::Expected<famfs_resolve_arguments> PinnedSession::resolve(std::uint64_t nodeid,
                                                               std::uint64_t position) const {
    return run_resolve(parts_->resolve.get(), nodeid, position);
}

} // namespace famfs::loader
