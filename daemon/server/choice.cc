// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/choice.h"

#include <spdlog/spdlog.h>

namespace famfs::server {

namespace {

std::vector<std::string> kernel_obstacles(loader::Backend maps) {
    loader::Offer offer = loader::probe();
    const bool backend = maps == loader::Backend::arena ? offer.arena : offer.rhash;
    if (offer.hook && offer.privileged && backend)
        return {};
    return std::move(offer.missing);
}

std::vector<std::string> device_obstacles(const std::vector<device::Device> &devices) {
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

base::Expected<bool> choose_bpf(const Options &options, const std::vector<device::Device> &devices) {
    if (options.data_path == PathChoice::daemon)
        return false;
    std::vector<std::string> obstacles = device_obstacles(devices);
    const std::vector<std::string> more = kernel_obstacles(options.maps);
    obstacles.insert(obstacles.end(), more.begin(), more.end());
    if (obstacles.empty())
        return true;
    if (options.data_path == PathChoice::bpf)
        return base::fail(EOPNOTSUPP, "take the data path bpf for", options.device, join(obstacles));
    spdlog::warn("data path: daemon, with copies and the page cache. {}", join(obstacles));
    return false;
}

} // namespace famfs::server
