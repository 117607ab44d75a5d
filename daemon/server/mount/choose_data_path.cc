// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/mount/choose_data_path.h"

#include "daemon/log/log.h"

namespace famfs::server {

namespace {

std::vector<std::string> kernel_obstacles(loader::Backend maps) {
    loader::Offer offer = loader::probe();
    const bool backend = maps == loader::Backend::arena ? offer.arena : offer.rhash;
    if (offer.hook && offer.privileged && backend)
        return {};
    return std::move(offer.missing);
}

std::vector<std::string> device_obstacles(std::span<const device::Device> devices) {
    std::vector<std::string> obstacles;
    for (const device::Device &device : devices) {
        if (device.kind() == device::Kind::fsdev)
            continue;
        std::string sentence = device.path() + " is a" + (device.kind() == device::Kind::image ? "n " : " ") +
                               std::string(to_string(device.kind())) +
                               ": the kernel maps files only from dax devices bound to fsdev_dax.";
        obstacles.push_back(std::move(sentence));
    }
    return obstacles;
}

std::string join(const std::vector<std::string> &sentences) {
    std::string text;
    for (const std::string &sentence : sentences)
        text += (text.empty() ? "" : " ") + sentence;
    return text;
}

} // namespace

base::Expected<DataPath> choose_data_path(const MountRequest &request,
                                          std::span<const device::Device> devices) {
    if (request.data_path == DataPath::copies)
        return DataPath::copies;
    std::vector<std::string> obstacles = device_obstacles(devices);
    const std::vector<std::string> more = kernel_obstacles(request.maps);
    obstacles.insert(obstacles.end(), more.begin(), more.end());
    if (obstacles.empty())
        return DataPath::hook;
    if (request.data_path == DataPath::hook)
        return base::fail(EOPNOTSUPP, "take the data path bpf for", request.device, join(obstacles));
    log::warn("data path: daemon, with copies and the page cache. " + join(obstacles));
    return DataPath::copies;
}

} // namespace famfs::server
