// Command grafana-stand-in stands where Grafana would: it reads the provisioned datasources as Grafana does,
// once at its start and from every YAML file of the directory, and serves what it read. It is not Grafana.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

type datasource struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	URL       string `json:"url"`
	OrgID     int    `json:"orgId"`
	IsDefault bool   `json:"isDefault"`
}

func provisioned(directory string) ([]datasource, error) {
	all := []datasource{}
	files, err := filepath.Glob(filepath.Join(directory, "*.yaml"))
	if err != nil {
		return nil, err
	}
	defaults := map[int]string{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var provisioning struct {
			Datasources []datasource `json:"datasources"`
		}
		if err := yaml.Unmarshal(content, &provisioning); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, found := range provisioning.Datasources {
			if found.OrgID == 0 {
				found.OrgID = 1
			}
			// Grafana refuses to start with two defaults in an organization.
			if other, taken := defaults[found.OrgID]; taken && found.IsDefault {
				return nil, fmt.Errorf("datasources %q and %q are both the default of organization %d", other, found.Name, found.OrgID)
			}
			if found.IsDefault {
				defaults[found.OrgID] = found.Name
			}
			found.URL = os.ExpandEnv(found.URL)
			all = append(all, found)
		}
	}
	return all, nil
}

func main() {
	datasources, err := provisioned("/etc/grafana/provisioning/datasources")
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /api/health", func(writer http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(writer, `{"database": "none: this is a stand-in for Grafana"}`)
	})
	http.HandleFunc("GET /api/datasources", func(writer http.ResponseWriter, _ *http.Request) {
		writer.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(writer).Encode(datasources); err != nil {
			log.Print(err)
		}
	})
	log.Printf("stand-in for Grafana: %d datasources", len(datasources))
	log.Fatal(http.ListenAndServe(":3000", nil))
}
