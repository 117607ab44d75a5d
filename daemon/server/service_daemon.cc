// SPDX-License-Identifier: GPL-2.0-only
// Data path daemon: works on any Linux, as root or as an ordinary user with fusermount3.
#include "daemon/device/device.h"
#include "daemon/fuse/detached_mount.h"
#include "daemon/server/data_path_daemon.h"
#include "daemon/server/publish.h"
#include "daemon/server/read_media.h"
#include "daemon/server/service.h"
#include "daemon/server/unmount.h"

#include <optional>
#include <unistd.h>

namespace famfs::server {

namespace {

class DaemonService : public Service {
public:
    DaemonService(Options options, std::vector<device::Device> devices)
        : Service(std::move(options)), devices_(std::move(devices)) {}
    // Before the members that its threads use.
    ~DaemonService() override { connection_.reset(); }

protected:
    base::Expected<void> bring_up() override;
    base::Expected<void> take_down() override;
    base::Expected<void> unmount_mount() override;

private:
    base::Expected<void> fill();
    base::Expected<void> mount_as_root();
    base::Expected<void> mount_as_user();

    std::vector<device::Device> devices_; ///< empty once the data path has them
    std::unique_ptr<DaemonDataPath> data_path_;
    std::optional<std::uint64_t> mount_id_; ///< absent: mounted by fusermount3
};

base::Expected<void> DaemonService::fill() {
    for (device::Device &device : devices_)
        if (auto mapped = device.map(); !mapped)
            return mapped;
    auto file_system = read_file_system(devices_, options_.salvage);
    if (!file_system)
        return std::unexpected(file_system.error());
    auto data_path = DaemonDataPath::create(std::move(devices_), file_system->usage().log_slots);
    if (!data_path)
        return std::unexpected(data_path.error());
    data_path_ = *std::move(data_path);
    if (auto published = publish_all(*file_system, data_path_->store()); !published)
        return published;
    make_server(*std::move(file_system), {.data_path = *data_path_,
                                          .records = data_path_->store(),
                                          .storage = make_daemon_storage(data_path_->devices())});
    return {};
}

base::Expected<void> DaemonService::mount_as_root() {
    auto mount = fuse::DetachedMount::create(mount_options());
    if (!mount)
        return std::unexpected(mount.error());
    auto connection = fuse::Connection::serve(mount->take_fuse_fd(), *server_, worker_threads());
    if (!connection)
        return std::unexpected(connection.error());
    connection_ = std::make_unique<fuse::Connection>(*std::move(connection));
    mount_id_ = mount->mount_id();
    return mount->attach(options_.mountpoint);
}

base::Expected<void> DaemonService::mount_as_user() {
    auto connection =
        fuse::Connection::mount_with_helper(options_.mountpoint, mount_options(), *server_, worker_threads());
    if (!connection)
        return std::unexpected(connection.error());
    connection_ = std::make_unique<fuse::Connection>(*std::move(connection));
    return {};
}

base::Expected<void> DaemonService::bring_up() {
    status_.data_path = "daemon";
    if (auto filled = fill(); !filled)
        return filled;
    return ::geteuid() == 0 ? mount_as_root() : mount_as_user();
}

base::Expected<void> DaemonService::unmount_mount() {
    if (mount_id_)
        return unmount(*mount_id_, options_.device);
    connection_->unmount_with_helper();
    return {};
}

base::Expected<void> DaemonService::take_down() {
    connection_.reset();
    finish_files();
    return {};
}

} // namespace

std::unique_ptr<Service> make_daemon_service(Options options, std::vector<device::Device> devices) {
    return std::make_unique<DaemonService>(std::move(options), std::move(devices));
}

} // namespace famfs::server
